<?php
// Magic methods, each at work when it is seen.
function burn(int $n = 20000): int { $t = 0; for ($i = 0; $i < $n; $i++) { $t += $i ^ 3; } return $t; }
class A
{
    public function __get($name) { return burn(); }
    public function __call($name, $arguments) { return burn(); }
    public static function __callStatic($name, $arguments) { return burn(); }
    public function __toString() { burn(); return 'x'; }
    public function __destruct() { burn(); }
}
function get(A $a) { return $a->missing; }
function call(A $a) { return $a->anything(1); }
function text(A $a) { return "$a"; }
while (true) {
    $a = new A();
    get($a);
    call($a);
    A::anything(2);
    text($a);
    unset($a);
}

<?php
// A generator that delegates to another one, for ever.
function burn(int $n): int { $t = 0; for ($i = 0; $i < $n; $i++) { $t += $i ^ 3; } return $t; }
function inner() { for ($i = 0; $i < 5; $i++) { burn(20000); yield $i; } return 3; }
function outer() { $r = yield from inner(); yield $r; }
function run(): void { foreach (outer() as $x) { burn(1000); } }
while (true) {
    run();
}

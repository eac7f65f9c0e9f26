<?php
// Every class is new, so that each use of one runs the autoloader.
function burn(int $n): int { $t = 0; for ($i = 0; $i < $n; $i++) { $t += $i ^ 3; } return $t; }
spl_autoload_register(function (string $class): void {
    burn(20000);
    if ($class[0] === 'K') {
        eval("class $class {}");
    }
});
function run(int $i): void { $name = "K$i"; new $name(); class_exists("Missing$i"); }
for ($i = 0; ; $i++) {
    run($i);
}

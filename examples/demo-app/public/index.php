<?php
// The front controller: every URL of the shop comes through this file, as in most PHP applications.
declare(strict_types=1);

use Demo\Router;

spl_autoload_register(static function (string $class): void {
    require __DIR__ . '/../src/' . str_replace(['Demo\\', '\\'], ['', '/'], $class) . '.php';
});

$path = (string) parse_url($_SERVER['REQUEST_URI'] ?? '/', PHP_URL_PATH);
$body = Router::dispatch($path, $_GET);
$took = microtime(true) - $_SERVER['REQUEST_TIME_FLOAT'];
header('Content-Type: text/html; charset=utf-8');
header(sprintf('X-Duration-Us: %d', $took * 1e6));
echo $body;

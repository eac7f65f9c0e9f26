<?php
declare(strict_types=1);

namespace Demo;

use PDO;

/** An SQLite file that fills itself at its first use. */
final class Database
{
    private const PRODUCTS = 20_000;

    public static function open(): PDO
    {
        $file = getenv('DEMO_DATABASE') ?: sys_get_temp_dir() . '/demo.sqlite';
        $pdo = new PDO('sqlite:' . $file, null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
        $pdo->exec('PRAGMA busy_timeout = 5000');
        if ($pdo->query("SELECT 1 FROM sqlite_master WHERE name = 'product'")->fetchColumn() === false) {
            self::fill($pdo);
        }
        return $pdo;
    }

    private static function fill(PDO $pdo): void
    {
        $pdo->exec('BEGIN IMMEDIATE');
        $pdo->exec('CREATE TABLE IF NOT EXISTS product (id INTEGER PRIMARY KEY, name TEXT, text TEXT, cents INTEGER)');
        if ((int) $pdo->query('SELECT count(*) FROM product')->fetchColumn() === 0) {
            $insert = $pdo->prepare('INSERT INTO product (name, text, cents) VALUES (?, ?, ?)');
            for ($i = 0; $i < self::PRODUCTS; $i++) {
                $insert->execute(["Product $i", str_repeat(md5((string) $i), 4), $i * 7 % 10_000]);
            }
        }
        $pdo->exec('COMMIT');
    }
}

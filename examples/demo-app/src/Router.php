<?php
declare(strict_types=1);

namespace Demo;

final class Router
{
    /** @param array<string, mixed> $query */
    public static function dispatch(string $path, array $query): string
    {
        return match ($path) {
            '/report' => (new Report())->build((int) ($query['month'] ?? 1)),
            '/products' => (new ProductList(Database::open()))->show((string) ($query['q'] ?? '')),
            '/checkout' => (new Checkout())->pay((int) ($query['order'] ?? 1)),
            '/page' => (new Page())->render((string) ($query['title'] ?? 'Welcome')),
            '/tree' => (new CategoryTree())->show((int) ($query['depth'] ?? 300)),
            default => self::notFound(),
        };
    }

    private static function notFound(): string
    {
        http_response_code(404);
        return 'There is no such page.';
    }
}

<?php
declare(strict_types=1);

namespace Demo;

use PDO;

/** Bound by the database: a search that no index helps. */
final class ProductList
{
    public function __construct(private PDO $pdo)
    {
    }

    public function show(string $search): string
    {
        $items = '';
        foreach ($this->search($search) as $product) {
            $items .= $this->item($product);
        }
        return "<ul>$items</ul>";
    }

    /** @return list<array<string, mixed>> */
    private function search(string $search): array
    {
        $statement = $this->pdo->prepare(
            'SELECT name, cents FROM product WHERE text LIKE :q OR name LIKE :q ORDER BY cents DESC LIMIT 40'
        );
        $statement->execute(['q' => "%$search%"]);
        return $statement->fetchAll(PDO::FETCH_ASSOC);
    }

    /** @param array<string, mixed> $product */
    private function item(array $product): string
    {
        return sprintf('<li>%s: %.2f</li>', htmlspecialchars($product['name']), $product['cents'] / 100);
    }
}

<?php
declare(strict_types=1);

namespace Demo;

/** Deep recursion: one branch of categories, hundreds of levels down. */
final class CategoryTree
{
    private const MAX_DEPTH = 900;

    public function show(int $depth): string
    {
        return '<p>' . $this->descend(min($depth, self::MAX_DEPTH), 0) . ' leaves</p>';
    }

    private function descend(int $depth, int $leaves): int
    {
        if ($depth === 0) {
            return $this->countLeaves($leaves);
        }
        return $this->descend($depth - 1, $leaves + $depth % 3);
    }

    private function countLeaves(int $leaves): int
    {
        for ($i = 0; $i < 2_500_000; $i++) {
            $leaves = ($leaves * 31 + $i) % 65_521;
        }
        return $leaves;
    }
}

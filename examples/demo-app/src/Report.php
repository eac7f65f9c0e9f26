<?php
declare(strict_types=1);

namespace Demo;

/** Bound by the CPU: sums, sorts and hashes made-up sales. */
final class Report
{
    private const SALES = 60_000;

    public function build(int $month): string
    {
        $sales = $this->sales($month);
        $totals = $this->totals($sales);
        return $this->table($this->rank($totals), $this->checksum($sales));
    }

    /** @return list<array{int, int}> region and cents */
    private function sales(int $month): array
    {
        $sales = [];
        $state = $month;
        for ($i = 0; $i < self::SALES; $i++) {
            $state = ($state * 1103515245 + 12345) & 0x7fffffff;
            $sales[] = [$state % 97, $state % 100_000];
        }
        return $sales;
    }

    /**
     * @param list<array{int, int}> $sales
     * @return array<int, int>
     */
    private function totals(array $sales): array
    {
        $totals = [];
        foreach ($sales as [$region, $cents]) {
            $totals[$region] = ($totals[$region] ?? 0) + $cents;
        }
        return $totals;
    }

    /**
     * @param array<int, int> $totals
     * @return array<int, int>
     */
    private function rank(array $totals): array
    {
        uasort($totals, static fn (int $a, int $b): int => $b <=> $a);
        return $totals;
    }

    /** @param list<array{int, int}> $sales */
    private function checksum(array $sales): string
    {
        $hash = '';
        foreach ($sales as [$region, $cents]) {
            $hash = md5($hash . $region . $cents);
        }
        return $hash;
    }

    /** @param array<int, int> $totals */
    private function table(array $totals, string $checksum): string
    {
        $rows = '';
        foreach ($totals as $region => $cents) {
            $rows .= sprintf('<tr><td>%d</td><td>%.2f</td></tr>', $region, $cents / 100);
        }
        return "<table>$rows</table><p>$checksum</p>";
    }
}

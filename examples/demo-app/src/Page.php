<?php
declare(strict_types=1);

namespace Demo;

/** Renders a template with many small parts. */
final class Page
{
    private const TEASERS = 12_000;
    /** A long answer would measure how fast the reader is. */
    private const PREVIEW_BYTES = 8_192;

    public function render(string $title): string
    {
        $page = $this;
        ob_start();
        include __DIR__ . '/../templates/page.php';
        return substr((string) ob_get_clean(), 0, self::PREVIEW_BYTES);
    }

    /** @return iterable<string> */
    public function teasers(): iterable
    {
        for ($i = 0; $i < self::TEASERS; $i++) {
            yield "Teaser <$i> & more";
        }
    }

    public function escape(string $text): string
    {
        return htmlspecialchars(ucwords(strtolower(wordwrap($text, 8))), ENT_QUOTES);
    }
}

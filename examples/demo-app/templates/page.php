<?php /** @var Demo\Page $page @var string $title */ ?>
<h1><?= $page->escape($title) ?></h1>
<?php foreach ($page->teasers() as $teaser): ?>
<p><?= $page->escape($teaser) ?></p>
<?php endforeach ?>

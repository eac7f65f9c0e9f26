// docs/configuration.md is written from the option table: `npx vitest run -u test/config/reference.test.ts` renews it.
import { expect, test } from 'vitest';
import type { OptionSpec } from '../../src/config/option-spec.ts';
import { envNameOf, optionSpecs } from '../../src/config/option-table.ts';

const HEAD = `# Configuration

Every option has a flag, an environment variable and a key in a YAML file (\`--config FILE\`); the first that is given counts, in this
order. \`spybridge check\` tells what is in force and where it came from. Durations are \`500ms\`, \`10s\`, \`1m30s\`; a bare number is
seconds. Switches take \`--name\`, \`--no-name\` and \`--name=false\`. SIGHUP reads the file again: tags, entry points and log level
change at once, the rest needs a restart.

    # spybridge.yaml
    pyroscope: http://pyroscope:4040
    app: shop
    tag:
      env: prod
      uri: '{{ "glopeek server.REQUEST_URI" "^([^?]+)\\?.*$" "$1" }}'
    entrypoint: [index.php]

`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

function row(spec: OptionSpec): string {
  const flags = [spec.name, ...(spec.aliases ?? [])].map((name) => `\`--${name}\``).join(', ');
  const env = [envNameOf(spec.name), ...(spec.env ?? [])].map((name) => `\`${name}\``).join(', ');
  const value = spec.default === undefined ? '' : `\`${String(spec.default)}\``;
  return `| ${flags} | ${value} | ${cell(spec.help)} | ${env} |`;
}

test('the reference of all options is up to date', async () => {
  const groups = [...new Set(optionSpecs.map(({ group }) => group))];
  const tables = groups.map((group) => {
    const rows = optionSpecs.filter((spec) => spec.group === group).map(row);
    return `## ${group}\n\n| option | default | meaning | environment |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  await expect(`${HEAD}${tables.join('\n')}`).toMatchFileSnapshot('../../docs/configuration.md');
});

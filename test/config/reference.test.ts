// docs/configuration.md is written from the option tables: `npx vitest run -u test/config/reference.test.ts` renews it.
import { expect, test } from 'vitest';
import type { OptionSpec } from '../../src/config/option-spec.ts';
import { envNameOf, optionSpecs } from '../../src/config/option-table.ts';
import { serveOptionSpecs } from '../../src/config/serve-option-table.ts';

const HEAD = `# Configuration

Every option has a flag, an environment variable and a key in a YAML file (\`--config FILE\`); the first that is given counts, in this
order. \`spybridge check\` tells what is in force and where it came from. Durations are \`500ms\`, \`10s\`, \`1m30s\`, \`7d\`; a bare number is
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

const SERVE_HEAD = `
# Configuration of \`spybridge serve\`

The same ways, with these options. What is wrong with them is said before it listens (exit 78). SIGTERM and SIGINT let requests that run
finish; a second one quits. Nothing is read again while it runs. What the options are good for: [server.md](server.md).

    # serve.yaml
    listen: 0.0.0.0:4040
    write-token-file: /etc/spybridge/write-tokens
    read-token-file: /etc/spybridge/read-tokens
    retention: 14d

`;

const IMPORT_TEXT = `
# Options of \`spybridge import\`

\`spybridge import [options] FILE...\` sends files of pprof (of the type \`trace\` any file) as they are, one after the other, and prints
the id of each. What was not taken is told on stderr with the reason; the rest is sent, and the exit code is 1. These options are in no
file, and one of them only is in the environment.

| option | default | meaning |
|---|---|---|
| \`--service\` |  | service that the profiles belong to; needed |
| \`--type\` |  | their type: \`cpu\`, \`wall\`, \`heap\`, \`goroutine\`, \`trace\` or any other word; needed |
| \`--label\` |  | \`NAME=VALUE\` of all of them; repeatable; the value is written as it is |
| \`--created-at\` |  | their time, where they tell none themselves |
| \`--server\` | \`http://127.0.0.1:4040\` | the server; the environment's \`PROFEFE_COLLECTOR\` comes before the default |
| \`--token-file\` |  | file that holds a token for writing |
| \`--tenant\` |  | tenant (X-Scope-OrgID) |
`;

function tables(specs: readonly OptionSpec[]): string {
  const groups = [...new Set(specs.map(({ group }) => group))];
  return groups
    .map((group) => {
      const rows = specs.filter((spec) => spec.group === group).map(row);
      return `## ${group}\n\n| option | default | meaning | environment |\n|---|---|---|---|\n${rows.join('\n')}\n`;
    })
    .join('\n');
}

test('the reference of all options is up to date', async () => {
  const text = `${HEAD}${tables(optionSpecs)}${SERVE_HEAD}${tables(serveOptionSpecs)}${IMPORT_TEXT}`;
  await expect(text).toMatchFileSnapshot('../../docs/configuration.md');
});

// PHP made up for the benchmark: a stack of distinct functions, what runs at its top, and the stacks that can be seen.

export interface StackShape {
  /** Frames of PHP code, `<main>` among them. */
  readonly depth: number;
  /** What the innermost function does. */
  readonly leaf: string;
  /** Of all names: scripts with prefixes of equal length have equal shape. */
  readonly prefix?: string;
}

/** Which functions can have called a function. */
export type Callers = ReadonlyMap<string, ReadonlySet<string>>;

export const MAIN = '<main>';

/** Functions and methods by turns, as an application has them. */
function nameOf(prefix: string, level: number): string {
  if (level === 0) return MAIN;
  const isMethod = level % 2 === 0;
  return isMethod
    ? `${prefix.charAt(0).toUpperCase()}${level}::${prefix}_method_number_${level}`
    : `${prefix}_function_number_${level}`;
}

/** The functions alone; `callStack` starts them. */
export function stackSource({ depth, leaf, prefix = 'step' }: StackShape): string {
  const functions = Array.from({ length: depth - 1 }, (_, index) => {
    const level = index + 1;
    const body = level === depth - 1 ? leaf : `$r = ${nameOf(prefix, level + 1)}($x + 1); return $r + 1;`;
    const [owner, method] = nameOf(prefix, level).split('::');
    return method === undefined
      ? `function ${owner!}($x) { ${body} }`
      : `class ${owner!} { private $p = 1; public static function ${method}($x) { ${body} } }`;
  });
  return `<?php\n${functions.join('\n')}\n`;
}

export function callStack(prefix = 'step'): string {
  return `${nameOf(prefix, 1)}(1);`;
}

/** Waits in the same stack for good, but for the moments in which it is left and built again, 20 times a second. */
export function sleepingScript(depth: number): string {
  return `${stackSource({ depth, leaf: 'usleep(50000); return 1;' })}while (true) { ${callStack()} }\n`;
}

/** Small functions called in a loop at the top of a stack: hardly ever is one the same while it is read. */
export function churningScript(depth: number): string {
  const leaf =
    '$t = 0; for ($j = 0; $j < 300; $j++) { $t += leaf_a($j); $t += leaf_b($j, 1); $t += Lx::leaf_c($j, 1, 2); } return $t;';
  return `${stackSource({ depth, leaf })}
function leaf_a($a) { return $a + 1; }
function leaf_b($a, $b) { $c = $a * $b; $d = $c + 1; return leaf_a($d) + strlen('x' . $d); }
class Lx { static function leaf_c($a, $b, $c) { $z = [$a, $b, $c]; return leaf_b(array_sum($z), 2) + count($z); } }
while (true) { ${callStack()} }
`;
}

export function churningCallers(depth: number): Callers {
  const top = nameOf('step', depth - 1);
  return new Map([
    ...stackCallers(depth),
    ['leaf_a', new Set([top, 'leaf_b'])],
    ['leaf_b', new Set([top, 'Lx::leaf_c'])],
    ['Lx::leaf_c', new Set([top])],
    ['array_sum', new Set(['Lx::leaf_c'])],
    ['strlen', new Set(['leaf_b'])],
    ['count', new Set(['Lx::leaf_c'])],
  ]);
}

/** `leaves`: internal functions that the innermost one calls. */
export function stackCallers(depth: number, prefix = 'step', leaves: readonly string[] = []): Callers {
  const levels = Array.from({ length: depth - 1 }, (_, index) => index + 1);
  return new Map([
    ...levels.map((level) => [nameOf(prefix, level), new Set([nameOf(prefix, level - 1)])] as const),
    ...leaves.map((leaf) => [leaf, new Set([nameOf(prefix, depth - 1)])] as const),
  ]);
}

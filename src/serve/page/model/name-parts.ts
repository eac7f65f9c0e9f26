// What a function's name is made of, in PHP (`App\Cart::total`, `WP_Query::get`) and in Go (`net/http.(*Server).Serve`).

/** The first two parts of a namespace, a class, a prefix like `WP_`, or a package of Go; empty for what has none. */
export function packageOf(name: string): string {
  if (name.startsWith('<') || name.startsWith('{')) return 'files';
  const owner = name.split('::', 1)[0]!;
  const parts = owner.replace(/^\\/, '').split('\\');
  if (parts.length > 1) return parts.slice(0, Math.min(2, parts.length - 1)).join('\\');
  if (owner === name) return name.slice(0, goPackageEnd(name));
  return /^([A-Za-z0-9]+)_/.exec(owner)?.[1] ?? owner;
}

/** Where the own name starts, behind a namespace or the path of a package. */
export function ownNameStart(name: string): number {
  const namespace = name.lastIndexOf('\\') + 1;
  if (namespace > 0) return namespace;
  const end = goPackageEnd(name);
  return end === 0 ? 0 : name.lastIndexOf('/', end) + 1;
}

/** 0 where the name is none of Go: functions of PHP have no dots, and includes have a space before theirs. */
function goPackageEnd(name: string): number {
  // Types in brackets have packages of their own.
  const plain = name.split('[', 1)[0]!;
  const end = plain.indexOf('.', plain.replace(/\(.*$/, '').lastIndexOf('/') + 1);
  return end > 0 && !/[\s:]/.test(plain.slice(0, end)) ? end : 0;
}

// What of our own environment a sampler gets: all of it (it may start the application itself), but none of our secrets.

/** Our options and Pyroscope's: tokens and passwords live there. */
const OWN = /^(SPYBRIDGE|PYROSCOPE)_/;

export function samplerEnvironment(
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !OWN.test(name)) environment[name] = value;
  }
  return environment;
}

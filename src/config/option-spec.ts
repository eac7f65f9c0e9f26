// What an option of the bridge is made of: its kind of value, its names, its words.

export type OptionKind =
  | { readonly kind: 'text' }
  | { readonly kind: 'texts' }
  | { readonly kind: 'switch' }
  /** `10s`, `500ms`, `1m30s`, `7d`; a bare number is seconds. */
  | { readonly kind: 'duration'; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly isWhole: boolean }
  | { readonly kind: 'choice'; readonly choices: readonly string[] };

export interface OptionSpec {
  /** Without the dashes; also the key in a config file. */
  readonly name: string;
  readonly of: OptionKind;
  /** As the user would write it; undefined where the option is optional. */
  readonly default?: string | boolean | readonly string[];
  readonly placeholder?: string;
  readonly help: string;
  readonly aliases?: readonly string[];
  /** Established names that are accepted besides SPYBRIDGE_<NAME>. */
  readonly env?: readonly string[];
  readonly isSecret?: boolean;
  readonly group: 'Server' | 'Tags' | 'Delivery' | 'Sampler' | 'Operation' | 'Store' | 'Access' | 'Limits';
}

export const text: OptionKind = { kind: 'text' };
export const texts: OptionKind = { kind: 'texts' };
export const onOff: OptionKind = { kind: 'switch' };
export const duration = (minMs: number, maxMs: number): OptionKind => ({ kind: 'duration', minMs, maxMs });
export const whole = (min: number, max: number): OptionKind => ({ kind: 'number', min, max, isWhole: true });
export const number = (min: number, max: number): OptionKind => ({
  kind: 'number',
  min,
  max,
  isWhole: false,
});
export const choice = (...choices: readonly string[]): OptionKind => ({ kind: 'choice', choices });

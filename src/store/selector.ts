// Which profiles are meant: service, type, labels and a span of time.

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/**
 * A condition on a label; a label that is not there has the value ''. `service_name`, `__name__` and `__profile_type__` can be
 * asked for like labels. Expressions are RE2 and match the whole value.
 */
export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

export interface Selector {
  readonly tenant: string;
  /** Undefined: all. */
  readonly service: string | undefined;
  /** The word of `Upload.type`; undefined: all. */
  readonly type: string | undefined;
  /** All must hold. */
  readonly matchers: readonly Matcher[];
  /** UNIX time in ns, both included. */
  readonly fromNanos: bigint;
  readonly untilNanos: bigint;
}

import { describe, expect, test } from 'vitest';
import { compileSpanSource, TRACEPARENT_KEY } from '../../src/transform/span-source.ts';
import type { SpanSource, SpanSourceOptions } from '../../src/transform/span-source.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const REQUEST_ID = 'glopeek server.HTTP_X_REQUEST_ID';
const none = { labels: 'off', spanId: undefined, traceId: undefined } as const;

function compile(options: Partial<SpanSourceOptions>): SpanSource {
  return compileSpanSource({ ...none, labels: 'both', ...options })!;
}

const facts = (entries: Record<string, string>): ReadonlyMap<string, string> =>
  new Map(Object.entries(entries));
const traceparent = `00-${TRACE}-${SPAN}-01`;

describe('span labels', () => {
  test('are those of the traceparent: one or both', () => {
    const given = facts({ [TRACEPARENT_KEY]: traceparent });
    expect(compile({ labels: 'span' }).read(given)).toEqual([['span_id', SPAN]]);
    expect(compile({}).read(given)).toEqual([
      ['span_id', SPAN],
      ['trace_id', TRACE],
    ]);
    expect([...compile({}).metaKeys]).toEqual([TRACEPARENT_KEY]);
    expect(compileSpanSource(none)).toBeUndefined();
  });

  test('are none where the request has no header, and not valid where it has a wrong one', () => {
    expect(compile({}).read(facts({}))).toEqual([]);
    expect(compile({}).read(facts({ [TRACEPARENT_KEY]: '' }))).toEqual([]);
    expect(compile({}).read(facts({ [TRACEPARENT_KEY]: 'nonsense' }))).toBeUndefined();
    // Only the span is asked for, but a header whose trace is nothing is no header.
    const zero = facts({ [TRACEPARENT_KEY]: `00-${'0'.repeat(32)}-${SPAN}-01` });
    expect(compile({ labels: 'span' }).read(zero)).toBeUndefined();
  });

  test('come from templates in place of the header', () => {
    const source = compile({
      traceId: `{{ "${REQUEST_ID}" "-" "" }}`,
      spanId: `{{ "${REQUEST_ID}" "^([^-]*)-([^-]*)-([^-]*)-.*$" "$1$2$3" }}`,
    });
    expect([...source.metaKeys]).toEqual([REQUEST_ID]);
    expect(source.read(facts({ [REQUEST_ID]: '0AF76519-16CD-43DD-8448-EB211C80319C' }))).toEqual([
      ['span_id', '0af7651916cd43dd'],
      ['trace_id', TRACE],
    ]);
    expect(source.read(facts({}))).toEqual([]);
    expect(source.read(facts({ [REQUEST_ID]: '12345' }))).toBeUndefined();
  });

  test('may have two sources; what one of them lacks the other still gives, and a wrong one spoils both', () => {
    const source = compile({ traceId: `{{ "${REQUEST_ID}" "-" "" }}` });
    expect(source.metaKeys).toEqual(new Set([TRACEPARENT_KEY, REQUEST_ID]));
    expect(source.read(facts({ [REQUEST_ID]: TRACE }))).toEqual([['trace_id', TRACE]]);
    expect(source.read(facts({ [TRACEPARENT_KEY]: traceparent }))).toEqual([['span_id', SPAN]]);
    expect(source.read(facts({ [REQUEST_ID]: '1', [TRACEPARENT_KEY]: traceparent }))).toBeUndefined();
    expect(source.read(facts({ [REQUEST_ID]: TRACE, [TRACEPARENT_KEY]: '1' }))).toBeUndefined();
  });

  test.each([
    [{ labels: 'off', spanId: '{{ "uri" }}' }, /--span-id is given, but samples get no span_id/],
    [{ labels: 'span', traceId: '{{ "uri" }}' }, /--trace-id is given, but samples get no trace_id/],
    [{ spanId: 'abc' }, /--span-id "abc" cannot be used: it reads no fact/],
    [{ traceId: '{{#if x}}{{/if}}' }, /--trace-id: The template/],
    [{ traceId: '{{ "uri" "(" "" }}' }, /--trace-id: The regular expression/],
  ] as const)('are refused as %j', (options, message) => {
    expect(() => compile(options)).toThrow(
      expect.objectContaining({ code: 'config', message: expect.stringMatching(message) as string }) as Error,
    );
  });
});

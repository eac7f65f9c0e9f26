// Requests as profefe's own clients put them on the wire.
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { makePprof } from '../../fixtures/pprof-samples.ts';
import { serve } from '../../fixtures/served.ts';
import type { Served } from '../../fixtures/served.ts';

const PPROF = makePprof({
  samples: [{ stack: 'main;work', values: [5] }],
  timeNanos: 1_559_250_605_499_312_000n,
});

/** Sends a head, waits for `100 Continue` where that is asked for, then the body; the whole answer. */
async function exchange(
  { port }: Served,
  head: readonly string[],
  body: readonly Uint8Array[],
): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1');
    const sendBody = (): void => {
      for (const part of body) socket.write(part);
    };
    const waits = head.some((line) => line.startsWith('Expect:'));
    let hasSent = !waits;
    socket.on('connect', () => {
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      if (!waits) sendBody();
    });
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (!hasSent && answer.startsWith('HTTP/1.1 100')) {
        hasSent = true;
        sendBody();
      }
    });
    socket.on('close', () => {
      resolve(answer);
    });
    socket.on('error', reject);
  });
}

function bodyOf(answer: string): { code: number; body: Record<string, unknown> } {
  return JSON.parse(/\{"code".*\}/.exec(answer)?.[0] ?? 'null') as {
    code: number;
    body: Record<string, unknown>;
  };
}

describe('the import script', () => {
  test('may send its parameters as they are, as curl sends a file', async () => {
    const served = await serve();
    const answer = await exchange(
      served,
      [
        'POST /api/0/profiles?service=my/app&type=cpu&labels=region=eu-1,host=a.b HTTP/1.1',
        `Host: localhost:${served.port}`,
        'User-Agent: curl/7.88.1',
        'Accept: */*',
        `Content-Length: ${PPROF.length}`,
        'Content-Type: application/x-www-form-urlencoded',
        'Connection: close',
      ],
      [PPROF],
    );
    expect(bodyOf(answer)).toMatchObject({
      code: 200,
      body: {
        service: 'my/app',
        labels: [
          { key: 'host', value: 'a.b' },
          { key: 'region', value: 'eu-1' },
        ],
      },
    });
  });

  test('is told to go on where it asks first, as curl does for large files', async () => {
    const served = await serve();
    const answer = await exchange(
      served,
      [
        'POST /api/0/profiles?service=app&type=trace HTTP/1.1',
        `Host: localhost:${served.port}`,
        'Content-Length: 1000000',
        'Expect: 100-continue',
        'Connection: close',
      ],
      [Buffer.alloc(1_000_000, 7)],
    );
    expect(bodyOf(answer)).toMatchObject({ code: 200, body: { size_bytes: 1_000_000 } });
  });
});

describe('the Go agent', () => {
  test.each(['cpu', 'heap', 'block', 'mutex', 'goroutine', 'threadcreate'])(
    'sends %s with labels that are escaped twice, in chunks',
    async (type) => {
      const served = await serve();
      const half = PPROF.length >> 1;
      const chunk = (bytes: Uint8Array): Uint8Array =>
        Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
      const answer = await exchange(
        served,
        [
          `POST /api/0/profiles?labels=version%3D1.0%252B2%2Cregion%3Deu&service=app&type=${type} HTTP/1.1`,
          `Host: localhost:${served.port}`,
          'User-Agent: Go-http-client/1.1',
          'Transfer-Encoding: chunked',
          'Content-Type: application/octet-stream',
          'Accept-Encoding: gzip',
          'Connection: close',
        ],
        [chunk(PPROF.subarray(0, half)), chunk(PPROF.subarray(half)), Buffer.from('0\r\n\r\n')],
      );
      expect(bodyOf(answer)).toMatchObject({
        code: 200,
        body: {
          type,
          created_at: '2019-05-30T21:10:05Z',
          labels: [
            { key: 'region', value: 'eu' },
            { key: 'version', value: '1.0+2' },
          ],
        },
      });
    },
  );

  test('is told what it may drop by 4xx, and what it must send again by 5xx', async () => {
    const served = await serve({ maxRunning: 0 });
    const send = async (): Promise<number> =>
      (await fetch(`${served.url}/api/0/profiles?service=s&type=cpu`, { method: 'POST', body: PPROF }))
        .status;
    expect(await send()).toBe(503);
  });
});

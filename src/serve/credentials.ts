// Who may write and who may read: tokens, as Bearer or as the password of Basic. None is ever logged.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export type Scope = 'write' | 'read';

/** 'unknown': no token or a wrong one; 'forbidden': a token of the other scope. */
export type Verdict = 'admitted' | 'unknown' | 'forbidden';

export class Credentials {
  /** Tokens are kept as digests under a key of this process: comparing them tells nothing about their letters. */
  private readonly key = randomBytes(32);
  private readonly digests: Readonly<Record<Scope, readonly Buffer[]>>;

  /** A scope without tokens is open to everybody. */
  constructor(tokens: Readonly<Record<Scope, readonly string[]>>) {
    this.digests = {
      write: tokens.write.map((token) => this.digest(token)),
      read: tokens.read.map((token) => this.digest(token)),
    };
  }

  isOpen(scope: Scope): boolean {
    return this.digests[scope].length === 0;
  }

  /** `authorization` is the header's value. */
  judge(authorization: string | undefined, scope: Scope): Verdict {
    if (this.isOpen(scope)) return 'admitted';
    const token = tokenIn(authorization);
    if (token === undefined) return 'unknown';
    const digest = this.digest(token);
    const isHere = this.knows(scope, digest);
    const isThere = this.knows(scope === 'write' ? 'read' : 'write', digest);
    return isHere ? 'admitted' : isThere ? 'forbidden' : 'unknown';
  }

  private digest(token: string): Buffer {
    return createHmac('sha256', this.key).update(token).digest();
  }

  /** Looks at all of them, whichever it is. */
  private knows(scope: Scope, digest: Buffer): boolean {
    let isKnown = false;
    for (const known of this.digests[scope]) isKnown = timingSafeEqual(known, digest) || isKnown;
    return isKnown;
  }
}

function tokenIn(authorization: string | undefined): string | undefined {
  const [, scheme, rest] = /^(bearer|basic) +(\S+)$/i.exec(authorization?.trim() ?? '') ?? [];
  if (scheme === undefined || rest === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return rest;
  const pair = Buffer.from(rest, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : pair.slice(colon + 1);
}

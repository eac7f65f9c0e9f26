// What is wrong with a request, as HTTP says it. Each API has its own way to write it down.

export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 500 | 501 | 503 | 507;
  readonly headers: Readonly<Record<string, string>>;

  /** The message is a sentence for the client. */
  constructor(
    status: HttpProblem['status'],
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

import type { ErrorCode } from './reasons.js';

/** An error that ends a run. Its texts are safe to show. */
export class RunError extends Error {
  override name = 'RunError';
  /** The HTTP status that caused it; undefined if there was none. */
  readonly status: number | undefined;
  /** What the user should do about it: one or more whole sentences. */
  readonly advice: string | undefined;
  /** Whether a request that asks for less may succeed. */
  readonly askForLess: boolean;
  /** Whether a proxy, a filter or another server gave the answer: the service was not reached. */
  readonly isForeign: boolean;

  /**
   * @param code by which a program can tell failures apart
   * @param message what happened, without a full stop at its end
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    more: {
      status?: number;
      advice?: string | undefined;
      askForLess?: boolean;
      isForeign?: boolean;
    } = {},
  ) {
    super(message);
    this.status = more.status;
    this.advice = more.advice;
    this.askForLess = more.askForLess ?? false;
    this.isForeign = more.isForeign ?? false;
  }

  /** What happened and what to do about it. */
  get text(): string {
    return withAdvice(this.message, this.advice);
  }
}

/** Adds advice to a message that has no full stop at its end. */
export function withAdvice(message: string, advice: string | undefined): string {
  return advice === undefined ? message : `${message}. ${advice}`;
}

/** A run that cannot go on, told in words that are safe to show. */
export class Failure extends Error {
  override name = 'Failure';

  /**
   * @param code what a program can tell failures apart by
   * @param message what a person should check
   * @param status the HTTP status that it comes from, if it does
   */
  constructor(
    readonly code: string,
    message: string,
    readonly status?: number,
  ) {
    super(message);
  }
}

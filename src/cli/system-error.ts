/** The code of an operating system error, such as ENOSPC; `unknown` for any other error. */
export function systemErrorCode(error: unknown): string {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : 'unknown';
}

import { getSystemErrorMap } from 'node:util';

/** An operating system error in words, such as `no such file or directory`; `unknown error` for any other error. */
export function systemErrorText(error: unknown): string {
  const { code, errno } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === 'EISDIR') return 'it is a folder';
  const words = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  return words ?? (typeof code === 'string' ? code : 'unknown error');
}

/** Starts processes and measures each: its time, its CPU time and its peak memory. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StartOptions, startProgram } from '../support/bundle.js';

export interface Measured {
  /** From the start of the process to its end, in milliseconds. */
  tookMs: number;
  /** User and system time of all threads, in milliseconds. */
  cpuMs: number;
  /** Peak resident memory in megabytes. */
  peakMb: number;
}

/**
 * At exit, writes the CPU time in milliseconds and the peak resident memory in kilobytes to a file. On
 * Linux it is read from VmHWM: the peak that Node gives is never below that of the parent process.
 */
const HOOK = `process.on('exit', () => {
  const { existsSync, readFileSync, writeFileSync } = require('node:fs');
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const status = '/proc/self/status';
  const peakKb = existsSync(status)
    ? Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync(status, 'utf8'))[1])
    : maxRSS;
  const cpuMs = (userCPUTime + systemCPUTime) / 1000;
  writeFileSync(process.env.USAGE_FILE, JSON.stringify({ cpuMs, peakKb }));
});`;

interface MeasureOptions extends StartOptions {
  /** The program of Node; that of this process if it is not given. */
  program?: string;
}

export type Measure = (args: string[], options?: MeasureOptions) => Promise<Measured>;

/** @param folder where the files of the measurement are written */
export async function createMeasure(folder: string): Promise<Measure> {
  const hook = join(folder, 'usage.cjs');
  const usageFile = join(folder, 'usage.json');
  await writeFile(hook, HOOK);
  return async (args, { program = process.execPath, ...options } = {}) => {
    const startedAt = performance.now();
    const { code, stderr } = await startProgram(program, ['--require', hook, ...args], {
      ...options,
      env: { ...options.env, USAGE_FILE: usageFile },
    });
    const tookMs = performance.now() - startedAt;
    if (code !== 0) throw new Error(`a measured process ended with ${code}: ${stderr}`);
    const { cpuMs, peakKb } = JSON.parse(await readFile(usageFile, 'utf8'));
    return { tookMs, cpuMs, peakMb: peakKb / 1024 };
  };
}

import { styleText } from 'node:util';
import type { Outcome, ProgressEvent } from '@tagflow/model';
import type { JobView, PhaseView, RunView } from './view.ts';

/** How a text is coloured; the identity where colours are unwanted. */
export type Paint = (style: 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold', text: string) => string;

export const colours: Paint = (style, text) => styleText(style, text, { validateStream: false });
export const noColours: Paint = (_style, text) => text;

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

const marks: Readonly<Record<Outcome, { readonly mark: string; readonly style: Parameters<Paint>[0] }>> = {
  done: { mark: '✔', style: 'green' },
  'nothing-to-do': { mark: '·', style: 'dim' },
  planned: { mark: '◇', style: 'cyan' },
  failed: { mark: '✘', style: 'red' },
  invalid: { mark: '✘', style: 'red' },
  waiting: { mark: '…', style: 'yellow' },
  'half-done': { mark: '!', style: 'red' },
  blocked: { mark: '■', style: 'yellow' },
};

/** Returns the mark of an outcome, coloured. */
export function markOf(outcome: Outcome, paint: Paint): string {
  return paint(marks[outcome].style, marks[outcome].mark);
}

/**
 * Returns the lines of a live display, none wider than `width` columns.
 * @param now milliseconds; turns the spinner and counts running times
 */
export function renderView(view: RunView, now: number, width: number, paint: Paint): readonly string[] {
  return view.flatMap((phase) => [
    renderPhase(phase, now, paint),
    ...phase.jobs.map((job) => renderJob(job, now, width, paint)),
  ]);
}

function renderPhase(phase: PhaseView, now: number, paint: Paint): string {
  const time = seconds((phase.endedAt ?? now) - phase.begunAt);
  const end = phase.outcome === null ? '' : ` ${markOf(phase.outcome, paint)} ${phase.outcome}`;
  return `${paint('bold', phase.name.padEnd(14))} ${paint('dim', phase.route)} ${paint('dim', time)}${end}`;
}

function renderJob(job: JobView, now: number, width: number, paint: Paint): string {
  const frame = frames[Math.floor(now / 80) % frames.length] ?? '';
  const mark =
    job.state === 'skipped'
      ? paint('dim', '-')
      : job.state === 'running'
        ? paint('cyan', frame)
        : markOf(job.outcome ?? 'failed', paint);
  const legs = job.legs > 1 ? ` ${job.legsDone}/${job.legs}` : '';
  const name = `${job.name}${legs}`.padEnd(16);
  const rest = job.state === 'running' && job.progress !== null ? renderProgress(job.progress) : job.message;
  return `  ${mark} ${name} ${paint('dim', clip(rest, width - 21))}`;
}

function renderProgress(progress: ProgressEvent): string {
  const amount = (value: number): string => (progress.unit === 'bytes' ? bytes(value) : String(value));
  const unit = progress.unit === 'bytes' ? '' : ` ${progress.unit}`;
  if (progress.total === null || progress.total === 0) return `${progress.what} ${amount(progress.done)}${unit}`;
  const filled = Math.min(16, Math.round((16 * progress.done) / progress.total));
  return `${'█'.repeat(filled)}${'░'.repeat(16 - filled)} ${amount(progress.done)}/${amount(progress.total)}${unit} ${progress.what}`;
}

/** Returns a number of bytes for people: `0 B`, `512 B`, `3.1 MB` (decimal, as transfer tools count). */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [amount, unit] = [value, 0];
  while (amount >= 1000 && unit < units.length - 1) [amount, unit] = [amount / 1000, unit + 1];
  return `${unit === 0 ? amount : amount.toFixed(1)} ${units[unit]}`;
}

/** Returns milliseconds as seconds with one digit, such as `2.4 s`. */
export function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}

function clip(text: string, width: number): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line;
}

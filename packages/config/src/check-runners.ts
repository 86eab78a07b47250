import { isClearText } from './clear-text.ts';
import type { Complaint } from './complaints.ts';
import { entries, get, isThere, items, text, type View } from './view.ts';

/** What is a runner without being written down: a process on this machine. */
const ownRunner = 'command';

/** Checks that jobs run on runners that exist, and that runners get their tokens in nobody's sight. */
export function checkRunners(config: View): readonly Complaint[] {
  const runners = get(config, 'runners');
  const names = entries(runners).map(([name]) => name);
  const unknown = (view: View): readonly Complaint[] => {
    const name = text(view);
    if (name === null || name === ownRunner || names.includes(name)) return [];
    const message = `"${name}" is no runner; allowed: ${[ownRunner, ...names.filter((one) => one !== ownRunner)].join(', ')}`;
    return [{ path: view.path, message }];
  };
  return [
    ...entries(get(config, 'phases')).flatMap(([, phase]) =>
      (['test', 'after'] as const).flatMap((section) => [
        ...unknown(get(phase, section, 'runner')),
        ...items(get(phase, section, 'jobs')).flatMap((job) => unknown(get(job, 'runner'))),
      ]),
    ),
    ...entries(runners).flatMap(([, runner]) => refuseClearText(runner)),
    ...entries(get(config, 'phases')).flatMap(([, phase]) => refuseClearText(get(phase, 'hand-off'), 'destination')),
  ];
}

/** Returns whether what runs there is known there, so that a job needs no command of its own. */
export function isElsewhere(config: View, runner: View): boolean {
  const name = text(runner);
  const kind = name === null ? null : text(get(config, 'runners', name, 'kind'));
  return kind !== null && kind !== 'command';
}

function refuseClearText(place: View, key = 'url'): readonly Complaint[] {
  const url = get(place, key);
  if (!isClearText(text(url) ?? '') || get(place, 'plain-http').value === true) return [];
  const remedy = key === 'url' ? 'https://, or plain-http: true beside it' : 'https://';
  return [{ path: url.path, message: `http:// is for this machine only; allowed: ${remedy}` }];
}

/** Checks that a job of several architectures or distributions has as many names. */
export function checkNameTemplate(job: View): readonly Complaint[] {
  const name = text(get(job, 'job')) ?? '';
  return (
    [
      ['arches', '{arch}'],
      ['distros', '{distro}'],
    ] as const
  ).flatMap(([key, holder]) => {
    const list = get(job, key);
    if (isThere(list) === name.includes(holder)) return [];
    const message = isThere(list)
      ? `job "${name}" needs ${holder} in its name: two votes of one name could not be told apart`
      : `"${name}" holds ${holder}, and nothing says what it stands for; give it ${key}`;
    return [{ path: isThere(list) ? list.path : get(job, 'job').path, message }];
  });
}

import { fileURLToPath } from 'node:url';
import { isStoreError, joinPath, nameOf, parentOf, type Store } from '@tagflow/store';
import { ImagesError } from '../error.ts';

/**
 * Returns when a link can be made or moved in one step: nothing is there, or a link. Asked before any byte moves: a
 * folder of the label's name with files of its own, as RH1's mirror had them, would stop the flip at the very end.
 * @throws ImagesError `cannot-switch`
 */
export async function assertSwitchable(store: Store, link: string): Promise<void> {
  try {
    await store.readLink(link);
  } catch (error) {
    throw isStoreError(error, 'wrong-kind') ? cannotSwitch(store, link, error) : error;
  }
}

/** Returns the error for what should be a link and is none. */
export function cannotSwitch(store: Store, link: string, cause: unknown): ImagesError {
  return new ImagesError(
    'cannot-switch',
    `${joinPath(store.url, link)} is a folder or file of its own, not a link: it cannot be replaced in one step, ` +
      'and between two steps its readers would find nothing',
    { cause, next: `Turn it into a link once, when nobody reads it, by: ${moveAside(store.url, link)}` },
  );
}

/** The folder lives on under another name and the label leads to it: what readers saw before, they see still. */
function moveAside(storeUrl: string, link: string): string {
  const url = new URL(storeUrl);
  const root = url.protocol === 'file:' ? fileURLToPath(url) : decodeURIComponent(url.pathname);
  const aside = `${nameOf(link)}.before`;
  const folder = quote(`${root.replace(/\/$/, '')}/${parentOf(link)}`.replace(/(?<=.)\/$/, ''));
  const [from, to] = [quote(nameOf(link)), quote(aside)];
  const command = `cd ${folder} && mv -nT -- ${from} ${to} && ln -s -- ${to} ${from}`;
  if (url.protocol === 'file:') return command;
  const port = url.port === '' ? '' : `-p ${url.port} `;
  return `ssh ${port}${decodeURIComponent(url.username)}@${url.hostname} ${quote(command)}`;
}

function quote(text: string): string {
  return /^[\w./+@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

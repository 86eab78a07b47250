import { assertWebHookUrl, createApi, type HttpEffects } from '@tagflow/http';
import { messageOf } from '@tagflow/model';
import { openStore } from '@tagflow/store';
import { HandOffError } from './error.ts';
import { createFolderReceiver } from './folder-receiver.ts';
import type { Receiver } from './receiver.ts';
import { createWebHookReceiver } from './web-hook-receiver.ts';

export interface ReceiverSecrets {
  /** The key of a web hook's signatures. */
  readonly auth?: string | undefined;
  readonly sshKey?: string | undefined;
  readonly knownHosts?: string | undefined;
}

/**
 * Returns the receiver of a URL: a folder (`file:`, `sftp:`) or a web hook (`https:`). Nothing is sent.
 * @throws HandOffError `bad-request` for a web hook without a key; StoreError, HttpError for a URL that names none
 */
export function openReceiver(url: string, { auth, sshKey, knownHosts = '' }: ReceiverSecrets, effects: HttpEffects) {
  if (!/^https?:/i.test(url)) {
    const ssh = sshKey === undefined ? {} : { ssh: { privateKey: sshKey, knownHosts } };
    return createFolderReceiver(openStore(url, { effects, ...ssh }), effects.clock);
  }
  if (auth === undefined) {
    const missing = 'input "auth" is missing: a web hook is signed with a key';
    throw new HandOffError('bad-request', [missing, ...clearText(url)].join('; '), {
      next: 'Give the key that the receiver checks signatures with.',
    });
  }
  return createWebHookReceiver(url, auth, createApi(effects), effects) satisfies Receiver;
}

/** Both are said at once: who adds the key would only learn then that the address was wrong, too. */
function clearText(url: string): readonly string[] {
  try {
    assertWebHookUrl(url);
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}

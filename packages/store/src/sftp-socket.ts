import { createSecretKey } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Client } from 'ssh2';

/**
 * Returns a function that holds back what is written to the socket until the current tick ends. ssh2 writes three
 * small pieces for each 32 KiB of data; sent one by one, they cost both ends a third of their CPU time.
 */
export function holdWrites(socket: Socket): () => void {
  let held = false;
  return () => {
    if (held) return;
    held = true;
    socket.cork();
    process.nextTick(() => {
      held = false;
      socket.uncork();
    });
  };
}

/**
 * Gives ssh2's AES-GCM ciphers their keys in the prepared form. ssh2 makes a cipher for each 32 KiB and hands over a
 * Buffer, which Node 24 looks at by two thrown errors: a fifth of the client's CPU time. The fields are ssh2's own
 * (1.17); where they are not as expected nothing is changed, and only the time is lost.
 */
export function prepareKeys(client: Client): void {
  const protocol: unknown = Reflect.get(client, '_protocol');
  prepare(fieldOf(protocol, '_cipher'), '_encKey');
  prepare(fieldOf(protocol, '_decipher'), '_decipherKey');
}

function prepare(cipher: unknown, field: string): void {
  const key = fieldOf(cipher, field);
  if (typeof cipher === 'object' && cipher !== null && Buffer.isBuffer(key)) {
    Reflect.set(cipher, field, createSecretKey(key));
  }
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
}

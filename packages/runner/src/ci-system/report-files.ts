import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { RunnerError } from '../error.ts';

/** Far more than reports are, and few enough that a disk survives them. */
const most = { files: 1000, fileBytes: 64 * 1024 * 1024, bytes: 256 * 1024 * 1024 };

/** A folder that report files of another system are put into. */
export interface ReportFolder {
  /**
   * Writes a file from the pieces that `pour` gives to its sink.
   * @param path relative, with slashes, as the other system says it
   * @throws RunnerError `reports-refused` when the path leads out of the folder, or it is too much; what `pour` throws
   */
  write(path: string, pour: (sink: (piece: Uint8Array) => Promise<void>) => Promise<unknown>): Promise<void>;
}

export function createReportFolder(folder: string, name: string, limits = most): ReportFolder {
  let files = 0;
  let bytes = 0;
  const refuse = (why: string): RunnerError =>
    new RunnerError('reports-refused', `report files of ${name}: ${why}`, {
      next: 'Let the job keep only its JUnit or subunit files as reports.',
    });
  return {
    write: async (path, pour) => {
      if (!isSafePath(path)) throw refuse(`${JSON.stringify(path.slice(0, 200))} is no path below a folder`);
      files += 1;
      if (files > limits.files) throw refuse(`there are more than ${limits.files}`);
      const target = join(folder, ...path.split('/'));
      await mkdir(dirname(target), { recursive: true });
      const file = createWriteStream(target);
      const { promise: done, resolve, reject } = Promise.withResolvers<void>();
      file.once('error', reject).once('close', resolve);
      // It may fail before somebody waits for it.
      done.catch(() => undefined);
      let size = 0;
      const sink = async (piece: Uint8Array): Promise<void> => {
        size += piece.byteLength;
        bytes += piece.byteLength;
        if (size > limits.fileBytes) throw refuse(`${path} is longer than ${limits.fileBytes} bytes`);
        if (bytes > limits.bytes) throw refuse(`together they are longer than ${limits.bytes} bytes`);
        // Copied: the piece's bytes are only good until this returns.
        const wrote = file.write(Buffer.from(piece));
        if (!wrote) await Promise.race([new Promise<void>((resume) => file.once('drain', () => resume())), done]);
      };
      try {
        await pour(sink);
        file.end();
        await done;
      } catch (error) {
        file.destroy();
        await rm(target, { force: true });
        throw error;
      }
    },
  };
}

/** Whether a path of another system stays below the folder that it is put into, on every kind of machine. */
export function isSafePath(path: string): boolean {
  if (path === '' || path.length > 1024 || /[\\\0:]/.test(path) || posix.isAbsolute(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= 255);
}

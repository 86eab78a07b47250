import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';

/**
 * Returns the body of an answer as a stream whose errors are ours. A short or absent body (HEAD, 204) gives its
 * connection back even when nobody reads it; destroying the stream ends the connection.
 */
export function answerBody(response: IncomingMessage, explain: (error: Error) => Error): Readable {
  const body = new PassThrough();
  response.on('error', (error) => body.destroy(explain(error)));
  response.on('close', () => {
    // A connection that breaks between two chunks ends the response without an error event on some paths.
    if (!response.complete && !body.destroyed) body.destroy(explain(new Error('the answer was cut off')));
  });
  body.on('close', () => response.destroy());
  // A caller who needs only the status may not listen, and an error that nobody hears would end the process.
  body.on('error', () => undefined);
  response.pipe(body);
  return body;
}

/** Returns what Node would have said of a connection that ended before its answer, where it says nothing. */
export function cutOff(): Error {
  return Object.assign(new Error('the answer was cut off'), { code: 'ECONNRESET' });
}

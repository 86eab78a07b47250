/** Returns bytes as MB of 10⁶ bytes with one decimal, without the unit. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

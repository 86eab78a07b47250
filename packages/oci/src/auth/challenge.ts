/** What a registry wants to see before it answers. */
export type Challenge =
  { readonly scheme: 'basic' } | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | null };

/** Returns what a `WWW-Authenticate` header asks for, Bearer before Basic; null when it asks for neither. */
export function parseChallenge(header: string | undefined): Challenge | null {
  const bearer = /(?:^|,\s*)Bearer\s+(.*)/i.exec(header ?? '')?.[1];
  if (bearer !== undefined) {
    const fields = new Map(
      [...bearer.matchAll(/([a-z_]+)="([^"]*)"/gi)].map((match) => [match[1]?.toLowerCase(), match[2]] as const),
    );
    const realm = fields.get('realm');
    return realm === undefined ? null : { scheme: 'bearer', realm, service: fields.get('service') ?? null };
  }
  return /(?:^|,\s*)Basic\b/i.test(header ?? '') ? { scheme: 'basic' } : null;
}

/** Where a label is looked at: in a component, or in the whole repository. */
export interface LabelPlace {
  readonly component?: string;
}

/** Returns the place of a component's own labels; null is the whole repository. */
export function placeOf(component: string | null): LabelPlace {
  return component === null ? {} : { component };
}

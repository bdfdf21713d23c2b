/** Where the visitor is, written in the address after `#`, so that back, forward and reload work. */

export const panels = ['pages', 'data', 'queries', 'audit', 'storage', 'migrations', 'access'] as const
export type PanelName = (typeof panels)[number]

export interface Route {
  readonly panel: PanelName
  /** The page or the entity that is open. */
  readonly item?: string
  readonly query: { readonly [name: string]: string }
}

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?')
  const [panel, item] = path.split('/')
  return {
    panel: panels.find((name) => name === panel) ?? 'pages',
    ...(item && { item: decodeURIComponent(item) }),
    query: Object.fromEntries(new URLSearchParams(search)),
  }
}

export function hrefOf(
  panel: PanelName,
  item?: string,
  query: Readonly<Record<string, string>> = {},
): string {
  const search = new URLSearchParams(query).toString()
  return `#/${panel}${item ? `/${encodeURIComponent(item)}` : ''}${search ? `?${search}` : ''}`
}

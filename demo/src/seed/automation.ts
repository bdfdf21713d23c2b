/** Workflows, scripts and packages of the sample site. */

export const workflows = [
  {
    name: 'Order confirmation',
    description: 'Writes to the customer as soon as an order is paid.',
    trigger: 'event',
    triggerConfig: { event: 'order.paid' },
    steps: [
      { run: 'load', what: 'order' },
      { run: 'script', name: 'reading-time' },
      { run: 'mail', template: 'order-confirmation' },
    ],
  },
  {
    name: 'Nightly stock count',
    description: 'Compares the shelves with the list and notes what is missing.',
    trigger: 'schedule',
    triggerConfig: { cron: '0 3 * * *' },
    steps: [
      { run: 'load', what: 'stock' },
      { run: 'compare', with: 'shelves' },
      { run: 'note', to: 'desk/orders' },
    ],
  },
  {
    name: 'Refund from the payment provider',
    description: null,
    trigger: 'webhook',
    triggerConfig: { path: '/hooks/refund' },
    steps: [
      { run: 'verify', signature: true },
      { run: 'update', what: 'order', set: { state: 'refunded' } },
    ],
  },
  {
    name: 'Monthly letter',
    description: 'Started by hand when the letter is written.',
    trigger: 'manual',
    triggerConfig: {},
    isActive: false,
    steps: [{ run: 'mail', template: 'letter', to: 'subscribers' }],
  },
] as const

export const scripts = [
  {
    name: 'reading-time',
    description: 'Minutes that a text takes to read.',
    code: `local words = 0
for _ in string.gmatch(args.text, "%S+") do
  words = words + 1
end
return math.ceil(words / 220)
`,
    allowedGlobals: ['string', 'math'],
    timeoutMs: 500,
  },
  {
    name: 'member-discount',
    description: 'Ten percent from the fifth book on.',
    code: `local price = args.price
if args.books >= 5 then
  price = price * 0.9
end
return math.floor(price * 100 + 0.5) / 100
`,
    allowedGlobals: ['math'],
    timeoutMs: 200,
  },
  {
    name: 'slug',
    description: 'Turns a title into an address.',
    code: `local slug = string.lower(args.title)
slug = string.gsub(slug, "[^a-z0-9]+", "-")
return (string.gsub(slug, "^%-*(.-)%-*$", "%1"))
`,
    allowedGlobals: ['string'],
    timeoutMs: 200,
  },
] as const

export const packages = [
  {
    name: 'newsletter',
    version: '2.1.0',
    description: 'Lists, letters and sign-offs.',
    author: 'Paper Lantern',
    isInstalled: true,
    manifest: { entry: 'newsletter.lua', permissions: ['mail'] },
  },
  {
    name: 'event-calendar',
    version: '1.4.2',
    description: 'Readings and workshops with places.',
    author: 'Paper Lantern',
    isInstalled: true,
    manifest: { entry: 'calendar.lua', permissions: [] },
  },
  {
    name: 'stock-sync',
    version: '0.9.0',
    description: 'Counts the shelves against the wholesaler.',
    author: 'Dockside Tools',
    isInstalled: true,
    manifest: { entry: 'sync.lua', permissions: ['http'] },
  },
  {
    name: 'gift-cards',
    version: '3.0.1',
    description: 'Sells and redeems gift cards.',
    author: 'Dockside Tools',
    isInstalled: false,
    manifest: { entry: 'cards.lua', permissions: ['payments'] },
  },
  {
    name: 'seo-basics',
    version: '1.0.0',
    description: null,
    author: 'Northlight',
    isInstalled: false,
    manifest: { entry: 'seo.lua', permissions: [] },
  },
] as const

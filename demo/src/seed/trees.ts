/** Component trees of the sample pages: a node is its type, its props and what stands inside it. */
export interface Sprout {
  readonly type: string
  readonly props: { readonly [name: string]: string | number | boolean }
  readonly children: readonly Sprout[]
}

const node = (type: string, props: Sprout['props'] = {}, ...children: Sprout[]): Sprout => ({
  type,
  props,
  children,
})
const heading = (text: string, level = 2) => node('Heading', { text, level })
const text = (value: string) => node('Text', { text: value })
const button = (label: string, to: string, look: 'primary' | 'secondary' = 'primary') =>
  node('Button', { label, to, look })
const field = (label: string, type = 'text') => node('Input', { label, type })
const book = (title: string, shelf: string, price: string) =>
  node(
    'Card',
    {},
    node('Image', { alt: `Cover of ${title}`, ratio: '3:4' }),
    heading(title, 3),
    text(`${shelf} · ${price}`),
  )

const hero = (title: string, lead: string, ...actions: Sprout[]) =>
  node('Section', { tone: 'accent' }, heading(title, 1), text(lead), node('Row', { gap: 8 }, ...actions))

export const trees: Readonly<Record<string, readonly Sprout[]>> = {
  home: [
    hero(
      'Books for long evenings',
      'An independent bookshop by the harbour. Two floors, one cat, 11,000 titles.',
      button('Browse the shelves', '/books'),
      button('This week’s events', '/events', 'secondary'),
    ),
    node(
      'Section',
      { tone: 'plain' },
      heading('New on the table'),
      node(
        'Grid',
        { columns: 3 },
        book('The Salt Road', 'Travel', '€ 22'),
        book('Winter Orchard', 'Novel', '€ 19'),
        book('Small Machines', 'Essays', '€ 24'),
      ),
    ),
    node(
      'Section',
      { tone: 'quiet' },
      heading('One letter a month'),
      text('What we read, what we liked, nothing else.'),
      node('Form', { submit: 'Subscribe' }, field('Email', 'email')),
    ),
  ],
  books: [
    node(
      'Section',
      { tone: 'plain' },
      heading('All books', 1),
      node('Row', { gap: 8 }, field('Search', 'search'), button('Search', '/books', 'secondary')),
    ),
    node(
      'Grid',
      { columns: 3 },
      book('The Salt Road', 'Travel', '€ 22'),
      book('Winter Orchard', 'Novel', '€ 19'),
      book('Small Machines', 'Essays', '€ 24'),
      book('A Field Guide to Fog', 'Nature', '€ 17'),
      book('Letters from Nowhere', 'Letters', '€ 21'),
      book('The Ninth Wave', 'Crime', '€ 20'),
    ),
  ],
  events: [
    node(
      'Section',
      { tone: 'plain' },
      heading('Events', 1),
      text('Readings start at 19:30. Admission is free; the wine is not.'),
    ),
    node(
      'List',
      {},
      node('Card', {}, heading('Reading aloud', 3), text('Thursday, from The Salt Road')),
      node('Card', {}, heading('Reading circle', 3), text('Every other Thursday, upstairs')),
      node('Card', {}, heading('Bookbinding for beginners', 3), text('Saturday, twelve places')),
    ),
  ],
  visit: [
    node(
      'Section',
      { tone: 'plain' },
      heading('Visit us', 1),
      text('14 Harbour Street. Monday to Saturday, 10 to 19.'),
      node('Image', { alt: 'Map of the harbour', ratio: '16:9' }),
    ),
  ],
  account: [
    node(
      'Section',
      { tone: 'plain' },
      heading('My account', 1),
      node('Form', { submit: 'Save' }, field('Name'), field('Email', 'email'), field('Delivery address')),
    ),
    node('Section', { tone: 'quiet' }, heading('Orders'), text('Your last orders and where they are.')),
  ],
  'account/wishlist': [
    node(
      'Section',
      { tone: 'plain' },
      heading('Wishlist', 1),
      node('Grid', { columns: 3 }, book('The Ninth Wave', 'Crime', '€ 20')),
    ),
  ],
  'desk/orders': [
    node(
      'Section',
      { tone: 'plain' },
      heading('Orders desk', 1),
      node('Row', { gap: 8 }, field('Order number', 'search'), button('Find', '/desk/orders', 'secondary')),
    ),
    node('Table', { source: 'orders', rows: 5 }),
  ],
  'desk/members': [
    node('Section', { tone: 'plain' }, heading('Members', 1), text('Everyone with an account.')),
    node('Table', { source: 'users', rows: 6 }),
  ],
  'build/automations': [
    node(
      'Section',
      { tone: 'plain' },
      heading('Automations', 1),
      text('Workflows and the scripts that they run.'),
    ),
    node('Table', { source: 'workflows', rows: 4 }),
  ],
  'system/tenants': [
    node(
      'Section',
      { tone: 'plain' },
      heading('Installation', 1),
      text('Licences, limits and the people who may change them.'),
    ),
  ],
}

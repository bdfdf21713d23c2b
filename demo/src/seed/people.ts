/** The people of the sample shop who are not one of the studio's identities. */
export const people = [
  {
    username: 'orders-desk',
    email: 'orders@lantern-books.example',
    role: 'admin',
    bio: 'Orders, returns and the telephone.',
  },
  {
    username: 'alpinist',
    email: 'alpinist@post.example',
    role: 'user',
    bio: 'Reads everything about mountains.',
  },
  { username: 'new_reader', email: 'new.reader@post.example', role: 'user', bio: null },
  {
    username: 'thursday-circle',
    email: 'thursday.circle@post.example',
    role: 'user',
    bio: 'Runs the Thursday reading circle.',
  },
  { username: 'night-owl', email: 'night.owl@post.example', role: 'user', bio: null },
  {
    username: 'first-editions',
    email: 'first.editions@post.example',
    role: 'user',
    bio: 'Collects first editions of crime novels.',
  },
  {
    username: 'school-library',
    email: 'school.library@post.example',
    role: 'user',
    bio: 'School librarian, buys by the crate.',
  },
  { username: 'gift_buyer', email: 'gift.buyer@post.example', role: 'user', bio: null },
  {
    username: 'volume-three',
    email: 'volume.three@post.example',
    role: 'user',
    bio: 'Waiting for the next volume.',
  },
  { username: 'cookbooks', email: 'cookbooks@post.example', role: 'user', bio: null },
  {
    username: 'poetry-shelf',
    email: 'poetry.shelf@post.example',
    role: 'user',
    bio: 'Translates poetry from the Portuguese.',
  },
] as const

export const biographies: Readonly<Record<string, string>> = {
  customer: 'Customer since the opening. Orders by the stack.',
  manager: 'Runs the shop floor and the newsletter.',
  builder: 'Builds the site and its automations.',
  owner: 'Owns Lantern Books and this installation.',
}

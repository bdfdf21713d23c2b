/** The people of the sample shop who are not one of the studio's identities. */
export const people = [
  {
    username: 'amara',
    email: 'amara@lantern-books.example',
    role: 'admin',
    bio: 'Orders, returns and the telephone.',
  },
  {
    username: 'bruno-w',
    email: 'bruno.weiss@post.example',
    role: 'user',
    bio: 'Reads everything about mountains.',
  },
  { username: 'chidi_o', email: 'chidi.okafor@post.example', role: 'user', bio: null },
  {
    username: 'dana-r',
    email: 'dana.ruiz@post.example',
    role: 'user',
    bio: 'Runs the Thursday reading circle.',
  },
  { username: 'elif', email: 'elif.aydin@post.example', role: 'user', bio: null },
  {
    username: 'farid',
    email: 'farid.h@post.example',
    role: 'user',
    bio: 'Collects first editions of crime novels.',
  },
  {
    username: 'greta-l',
    email: 'greta.lund@post.example',
    role: 'user',
    bio: 'School librarian, buys by the crate.',
  },
  { username: 'hugo_m', email: 'hugo.martin@post.example', role: 'user', bio: null },
  { username: 'ida', email: 'ida.berg@post.example', role: 'user', bio: 'Waiting for the next volume.' },
  { username: 'kofi-a', email: 'kofi.asante@post.example', role: 'user', bio: null },
  {
    username: 'leonie',
    email: 'leonie.frank@post.example',
    role: 'user',
    bio: 'Translates poetry from the Portuguese.',
  },
] as const

export const biographies: Readonly<Record<string, string>> = {
  maya: 'Customer since the opening. Orders by the stack.',
  jonas: 'Runs the shop floor and the newsletter.',
  ines: 'Builds the site and its automations.',
  otto: 'Owns Lantern Books and this installation.',
}

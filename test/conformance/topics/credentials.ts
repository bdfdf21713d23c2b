import type { Case, Json, Topic } from '../case.ts'
import { credential, otherPassword, password, user } from '../seeds.ts'

const weak: readonly (readonly [name: string, password: Json])[] = [
  ['7 characters', 'Aa1!xyz'],
  ['129 characters', { $concat: ['Aa1!', { $repeat: ['x', 125] }] }],
  ['no lower-case letter', 'PASSWORD7!'],
  ['no upper-case letter', 'password7!'],
  ['no digit', 'Password!'],
  ['no special character', 'Password77'],
  ['an empty text', ''],
  ['a number', 12345678],
  ['null', null],
  ['a list', ['Correct-horse7']],
]

const strong: readonly (readonly [name: string, password: Json])[] = [
  ['8 characters', 'Aa1!wxyz'],
  ['128 characters', { $concat: ['Aa1!', { $repeat: ['x', 124] }] }],
  ['spaces and letters outside ASCII', 'Grüße an 7 Zwerge!'],
  ['characters beyond the basic plane', 'Aa1-😀😀😀😀'],
]

const guess = { as: 'public', call: ['Credential.verify', 'alice', 'Wrong-guess1'] as const }
const wrong = { ...guess, expect: false }

export const credentials: Topic = {
  topic: 'credentials',
  cases: [
    {
      name: 'verify is true for the password that was set, and false for any other',
      given: [user('alice'), credential('alice')],
      steps: [
        { as: 'public', call: ['Credential.verify', 'alice', password], expect: true },
        { as: 'public', call: ['Credential.verify', 'alice', otherPassword], expect: false },
        { as: 'public', call: ['Credential.verify', 'alice', ''], expect: false },
        { as: 'public', call: ['Credential.verify', 'alice', `${password} `], expect: false },
        { as: 'public', call: ['Credential.verify', 'alice', password.toUpperCase()], expect: false },
      ],
    },
    {
      name: 'verify finds a username without regard to case',
      given: [user('alice'), credential('alice')],
      steps: [{ as: 'public', call: ['Credential.verify', 'ALICE', password], expect: true }],
    },
    {
      name: 'verify of a user who is not there, or has no password, is false',
      given: [user('alice')],
      steps: [
        { as: 'public', call: ['Credential.verify', 'nobody', password], expect: false },
        { as: 'public', call: ['Credential.verify', 'alice', password], expect: false },
      ],
    },
    {
      name: 'verify is for every role',
      given: [user('alice'), credential('alice')],
      steps: ['public', 'user', 'admin', 'god', 'supergod', '$alice'].map((as) => ({
        as,
        call: ['Credential.verify', 'alice', password] as const,
        expect: true,
      })),
    },
    {
      name: 'after five failures a name is closed, also to the right password, with the seconds to wait',
      given: [user('alice'), user('bob'), credential('alice'), credential('bob')],
      steps: [
        wrong,
        wrong,
        wrong,
        wrong,
        wrong,
        {
          ...guess,
          error: { code: 'RATE_LIMIT_EXCEEDED', details: { retryAfter: { $least: 1, $most: 300 } } },
        },
        { as: 'public', call: ['Credential.verify', 'alice', password], error: 'RATE_LIMIT_EXCEEDED' },
        { as: 'god', call: ['Credential.verify', 'Alice', password], error: 'RATE_LIMIT_EXCEEDED' },
        { as: 'public', call: ['Credential.verify', 'bob', password], expect: true },
      ],
    },
    {
      name: 'four failures leave a name open, and successes do not count',
      given: [user('alice'), credential('alice')],
      steps: [
        ...Array.from({ length: 8 }, () => ({
          as: 'public',
          call: ['Credential.verify', 'alice', password] as const,
          expect: true,
        })),
        wrong,
        wrong,
        wrong,
        wrong,
        { as: 'public', call: ['Credential.verify', 'alice', password], expect: true },
        wrong,
        { as: 'public', call: ['Credential.verify', 'alice', password], error: 'RATE_LIMIT_EXCEEDED' },
      ],
    },
    {
      name: 'a name that nobody has is closed after five failures just the same',
      steps: [
        ...Array.from({ length: 5 }, () => ({
          as: 'public',
          call: ['Credential.verify', 'nobody', password] as const,
          expect: false,
        })),
        { as: 'public', call: ['Credential.verify', 'nobody', password], error: 'RATE_LIMIT_EXCEEDED' },
      ],
    },
    {
      name: 'verify refuses what is no text',
      given: [user('alice'), credential('alice')],
      steps: [
        ['alice', 7],
        ['alice', null],
        [7, password],
        [null, password],
        [['alice'], password],
        [{ username: 'alice' }, password],
      ].map((params) => ({
        as: 'public',
        call: ['Credential.verify', ...(params as Json[])] as const,
        error: 'VALIDATION_ERROR',
      })),
    },
    {
      name: 'set gives true, and replaces the password before',
      given: [user('alice'), credential('alice')],
      steps: [
        {
          as: 'admin',
          call: ['Credential.set', { username: 'alice', password: otherPassword }],
          expect: true,
        },
        { as: 'public', call: ['Credential.verify', 'alice', otherPassword], expect: true },
        { as: 'public', call: ['Credential.verify', 'alice', password], expect: false },
      ],
    },
    {
      name: 'a user changes their own password with the old one',
      given: [user('alice'), credential('alice')],
      steps: [
        {
          as: '$alice',
          call: ['Credential.set', { username: 'alice', password: otherPassword, currentPassword: password }],
          expect: true,
        },
        { as: 'public', call: ['Credential.verify', 'alice', otherPassword], expect: true },
        { as: 'public', call: ['Credential.verify', 'alice', password], expect: false },
      ],
    },
    {
      name: 'a user does not change their own password without the old one, or with a wrong one',
      given: [user('alice'), credential('alice')],
      steps: [
        {
          as: '$alice',
          call: ['Credential.set', { username: 'alice', password: otherPassword }],
          error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'currentPassword' }] } },
        },
        {
          as: '$alice',
          call: [
            'Credential.set',
            { username: 'alice', password: otherPassword, currentPassword: 'Wrong-guess1' },
          ],
          error: 'UNAUTHORIZED',
        },
        { as: 'public', call: ['Credential.verify', 'alice', password], expect: true },
      ],
    },
    {
      name: 'wrong old passwords close the name like failed sign-ins',
      given: [user('alice'), credential('alice')],
      steps: [
        ...Array.from({ length: 5 }, () => ({
          as: '$alice',
          call: [
            'Credential.set',
            { username: 'alice', password: otherPassword, currentPassword: 'Wrong-guess1' },
          ] as const,
          error: 'UNAUTHORIZED',
        })),
        {
          as: '$alice',
          call: ['Credential.set', { username: 'alice', password: otherPassword, currentPassword: password }],
          error: 'RATE_LIMIT_EXCEEDED',
        },
        { as: 'public', call: ['Credential.verify', 'alice', password], error: 'RATE_LIMIT_EXCEEDED' },
      ],
    },
    {
      name: 'a user does not set the password of another, there or not',
      given: [user('alice'), user('bob'), credential('bob')],
      steps: [
        {
          as: '$alice',
          call: ['Credential.set', { username: 'bob', password: otherPassword }],
          error: 'FORBIDDEN',
        },
        {
          as: '$alice',
          call: ['Credential.set', { username: 'bob', password: otherPassword, currentPassword: password }],
          error: 'FORBIDDEN',
        },
        {
          as: '$alice',
          call: ['Credential.set', { username: 'nobody', password: otherPassword }],
          error: 'FORBIDDEN',
        },
        {
          as: 'public',
          call: ['Credential.set', { username: 'bob', password: otherPassword, currentPassword: password }],
          error: 'FORBIDDEN',
        },
        { as: 'public', call: ['Credential.verify', 'bob', password], expect: true },
      ],
    },
    ...(['admin', 'god', 'supergod'] as const).flatMap((caller, rank) =>
      (['user', 'admin', 'god', 'supergod'] as const).map((role, target): Case => {
        const isAllowed = target <= rank + 1
        return {
          name: `${caller} ${isAllowed ? 'sets' : 'does not set'} the password of a user of role ${role}`,
          given: [user('target', role)],
          steps: [
            isAllowed
              ? { as: caller, call: ['Credential.set', { username: 'target', password }], expect: true }
              : {
                  as: caller,
                  call: ['Credential.set', { username: 'target', password }],
                  error: { code: 'FORBIDDEN', details: { entity: 'Credential', operation: 'set' } },
                },
            { as: 'public', call: ['Credential.verify', 'target', password], expect: isAllowed },
          ],
        }
      }),
    ),
    {
      name: 'set for a user who is not there is NOT_FOUND',
      steps: [
        { as: 'admin', call: ['Credential.set', { username: 'nobody', password }], error: 'NOT_FOUND' },
      ],
    },
    ...weak.map(
      ([name, value]): Case => ({
        name: `a password is refused: ${name}`,
        given: [user('alice')],
        steps: [
          {
            as: 'god',
            call: ['Credential.set', { username: 'alice', password: value }],
            error: { code: 'VALIDATION_ERROR', details: { issues: { $each: { path: 'password' } } } },
            absent: typeof value === 'string' && value !== '' ? [value] : [],
          },
        ],
      }),
    ),
    ...strong.map(
      ([name, value]): Case => ({
        name: `a password is taken: ${name}`,
        given: [user('alice')],
        steps: [
          { as: 'god', call: ['Credential.set', { username: 'alice', password: value }], expect: true },
          { as: 'public', call: ['Credential.verify', 'alice', value], expect: true },
        ],
      }),
    ),
    {
      name: 'set refuses unknown members and what is no text',
      given: [user('alice')],
      steps: [
        { username: 'alice', password, role: 'god' },
        { username: 'alice', password, passwordHash: 'x' },
        { username: 7, password },
        { password },
        'alice',
        null,
        [],
      ].map((input) => ({
        as: 'god',
        call: ['Credential.set', input as Json] as const,
        error: 'VALIDATION_ERROR',
      })),
    },
    {
      name: 'firstLogin is true when an admin has set the password, and false when the user has',
      given: [user('alice'), credential('alice')],
      steps: [
        { as: 'admin', call: ['Credential.firstLogin', 'alice'], expect: true },
        { as: '$alice', call: ['Credential.firstLogin', 'alice'], expect: true },
        {
          as: '$alice',
          call: ['Credential.set', { username: 'alice', password: otherPassword, currentPassword: password }],
        },
        { as: '$alice', call: ['Credential.firstLogin', 'alice'], expect: false },
      ],
    },
    {
      name: 'setFirstLogin writes it',
      given: [user('alice'), credential('alice')],
      steps: [
        { as: '$alice', call: ['Credential.setFirstLogin', 'alice'], expect: true },
        { as: 'admin', call: ['Credential.firstLogin', 'alice'], expect: false },
        { as: 'admin', call: ['Credential.setFirstLogin', 'alice', true], expect: true },
        { as: '$alice', call: ['Credential.firstLogin', 'alice'], expect: true },
        { as: 'admin', call: ['Credential.setFirstLogin', 'alice', 'no'], error: 'VALIDATION_ERROR' },
      ],
    },
    {
      name: 'firstLogin and setFirstLogin are for the user themself and for who ranks high enough',
      given: [user('alice'), user('bob'), user('gina', 'god'), credential('alice'), credential('gina')],
      steps: ['firstLogin', 'setFirstLogin'].flatMap((operation) => [
        { as: '$bob', call: [`Credential.${operation}`, 'alice'] as const, error: 'FORBIDDEN' },
        { as: 'public', call: [`Credential.${operation}`, 'alice'] as const, error: 'FORBIDDEN' },
        { as: '$bob', call: [`Credential.${operation}`, 'nobody'] as const, error: 'FORBIDDEN' },
        { as: 'admin', call: [`Credential.${operation}`, 'gina'] as const, error: 'FORBIDDEN' },
        { as: 'admin', call: [`Credential.${operation}`, 'nobody'] as const, error: 'NOT_FOUND' },
      ]),
    },
    {
      name: 'no answer and no audit entry holds a password or a hash',
      given: [user('alice'), credential('alice')],
      steps: [
        {
          as: 'admin',
          call: ['Credential.set', { username: 'alice', password: otherPassword }],
          expect: true,
          absent: ['argon2', otherPassword],
        },
        wrong,
        {
          as: '$alice',
          call: ['Credential.set', { username: 'alice', password, currentPassword: 'Wrong-guess2' }],
          error: 'UNAUTHORIZED',
          absent: ['Wrong-guess2', password],
        },
        { as: 'god', call: ['audit.export', {}], absent: [password, otherPassword, 'Wrong-guess', 'argon2'] },
        {
          as: 'admin',
          call: ['audit.list', { limit: 100 }],
          absent: [password, otherPassword, 'Wrong-guess', 'argon2id'],
        },
      ],
    },
  ],
}

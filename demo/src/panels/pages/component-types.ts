import {
  Box,
  Columns3,
  Heading,
  Image,
  LayoutList,
  type LucideIcon,
  MousePointerClick,
  PanelTop,
  Pilcrow,
  Rows3,
  Square,
  Table2,
  TextCursorInput,
} from 'lucide-react'

/** What the editor knows of a component: its icon, the props that it starts with, and whether something fits inside. */
interface ComponentType {
  readonly icon: LucideIcon
  readonly props: Readonly<Record<string, string | number | boolean>>
  readonly holdsChildren: boolean
}

export const componentTypes: Readonly<Record<string, ComponentType>> = {
  Section: { icon: PanelTop, props: { tone: 'plain' }, holdsChildren: true },
  Grid: { icon: Columns3, props: { columns: 3 }, holdsChildren: true },
  Row: { icon: Rows3, props: { gap: 8 }, holdsChildren: true },
  Card: { icon: Square, props: {}, holdsChildren: true },
  List: { icon: LayoutList, props: {}, holdsChildren: true },
  Form: { icon: TextCursorInput, props: { submit: 'Send' }, holdsChildren: true },
  Heading: { icon: Heading, props: { text: 'A heading', level: 2 }, holdsChildren: false },
  Text: { icon: Pilcrow, props: { text: 'Some words.' }, holdsChildren: false },
  Button: {
    icon: MousePointerClick,
    props: { label: 'Press me', to: '/', look: 'primary' },
    holdsChildren: false,
  },
  Image: { icon: Image, props: { alt: 'An image', ratio: '16:9' }, holdsChildren: false },
  Input: { icon: TextCursorInput, props: { label: 'A field', type: 'text' }, holdsChildren: false },
  Table: { icon: Table2, props: { source: 'rows', rows: 3 }, holdsChildren: false },
}

const unknownType: ComponentType = { icon: Box, props: {}, holdsChildren: true }

export const componentType = (type: string): ComponentType => componentTypes[type] ?? unknownType

/** The words by which one recognises a node in the tree. */
export function caption(props: unknown): string {
  if (typeof props !== 'object' || props === null) return ''
  const { text, label, alt, source, submit } = props as Record<string, unknown>
  return String(text ?? label ?? alt ?? source ?? submit ?? '')
}

import {
  BookOpen,
  CalendarDays,
  FileText,
  Gift,
  Heart,
  House,
  Inbox,
  type LucideIcon,
  MapPin,
  Server,
  User,
  Users,
  Zap,
} from 'lucide-react'

const icons: Readonly<Record<string, LucideIcon>> = {
  home: House,
  book: BookOpen,
  calendar: CalendarDays,
  map: MapPin,
  gift: Gift,
  user: User,
  heart: Heart,
  inbox: Inbox,
  users: Users,
  zap: Zap,
  server: Server,
}

/** The icon that a page names, or a plain sheet. */
export const pageIcon = (name: string | null): LucideIcon => icons[name ?? ''] ?? FileText

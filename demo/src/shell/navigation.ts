import {
  Database,
  GitBranch,
  HardDrive,
  History,
  LayoutTemplate,
  type LucideIcon,
  ShieldCheck,
  Terminal,
} from 'lucide-react'
import type { PanelName } from '../route/route.ts'

export interface Destination {
  readonly panel: PanelName
  readonly label: string
  readonly icon: LucideIcon
  /** Only the sample site has it; a file that was opened has not. */
  readonly isSiteOnly?: boolean
}

export const destinations: readonly Destination[] = [
  { panel: 'pages', label: 'Pages', icon: LayoutTemplate, isSiteOnly: true },
  { panel: 'data', label: 'Data', icon: Database },
  { panel: 'queries', label: 'Queries', icon: Terminal },
  { panel: 'audit', label: 'Audit', icon: History },
  { panel: 'storage', label: 'Storage', icon: HardDrive },
  { panel: 'migrations', label: 'Migrations', icon: GitBranch, isSiteOnly: true },
  { panel: 'access', label: 'Access', icon: ShieldCheck },
]

import { Component, type ReactNode } from 'react'
import { Button } from '../ui/button.tsx'
import { Failed } from '../ui/states.tsx'

/** A defect in one panel leaves the others usable. */
export class PanelBoundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {}

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <Failed
        error={{ code: 'This panel stopped', message: error.message }}
        action={<Button onClick={() => location.reload()}>Load the studio again</Button>}
      />
    )
  }
}

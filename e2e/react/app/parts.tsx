import { Component, type ReactNode, useEffect } from 'react'

/** Everything that a part of the page has shown, in order, a repetition left out. */
export const history: Record<string, string[]> = {}

export function useHistory(name: string, text: string): void {
  useEffect(() => {
    history[name] ??= []
    if (history[name].at(-1) !== text) history[name].push(text)
  }, [name, text])
}

export class Boundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {}
  static getDerivedStateFromError(error: Error) {
    return { error }
  }
  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <p role="alert">
        {error.message}{' '}
        <button type="button" onClick={() => this.setState({ error: undefined as never })}>
          Try again
        </button>
      </p>
    )
  }
}

import { createTheme, type GrafanaTheme2, ThemeContext } from '@grafana/data'
import { GlobalStyles, PortalContainer } from '@grafana/ui'
import { type JSX, type ReactNode, useLayoutEffect, useMemo } from 'react'

export type Mode = 'dark' | 'light'

/** Grafana's theme for its components, and its colours as CSS variables for ours. */
export function ThemeProvider({ mode, children }: { readonly mode: Mode; readonly children: ReactNode }): JSX.Element {
  const theme = useMemo(() => createTheme({ colors: { mode } }), [mode])
  useLayoutEffect(() => {
    const { style, dataset } = document.documentElement
    dataset['theme'] = mode
    for (const [name, value] of Object.entries(variablesOf(theme))) style.setProperty(name, value)
  }, [theme, mode])
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      {children}
      <PortalContainer />
    </ThemeContext.Provider>
  )
}

const variablesOf = ({ colors, typography, shape }: GrafanaTheme2): Record<string, string> => ({
  '--page': colors.background.canvas,
  '--surface': colors.background.primary,
  '--raised': colors.background.secondary,
  '--line': colors.border.weak,
  '--line-medium': colors.border.medium,
  '--text': colors.text.primary,
  '--text-soft': colors.text.secondary,
  '--link': colors.text.link,
  '--hover': colors.action.hover,
  '--good': colors.success.text,
  '--watch': colors.warning.text,
  '--bad': colors.error.text,
  '--bad-main': colors.error.main,
  '--accent': colors.primary.main,
  '--font': typography.fontFamily,
  '--radius': shape.radius.default,
})

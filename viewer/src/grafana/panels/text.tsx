import { renderTextPanelMarkdown, textUtil } from '@grafana/data'
import { type JSX, useMemo } from 'react'
import type { RendererProps } from '../panel.ts'

/** Words, written in Markdown or HTML; scripts and styles are taken out. */
export function Text({ panel, width, height, replaceVariables }: RendererProps): JSX.Element {
  const { mode, content } = { mode: 'markdown', content: '', ...panel.options } as { mode: string; content: string }
  const html = useMemo(() => {
    const written = replaceVariables(content)
    if (mode === 'html') return textUtil.sanitizeTextPanelContent(written)
    if (mode === 'code') return `<pre>${textUtil.escapeHtml(written)}</pre>`
    return renderTextPanelMarkdown(written)
  }, [mode, content, replaceVariables])
  return (
    <div
      className="markdown-html words"
      style={{ width, height, overflow: 'auto' }}
      // biome-ignore lint/security/noDangerouslySetInnerHtml: sanitized above, and the page's policy runs no foreign script
      dangerouslySetInnerHTML={{ __html: html }}
    />
  )
}

import { createRoot } from 'react-dom/client'
import { setUp } from './grafana/setup.ts'
import { App } from './page/app.tsx'
import './page/page.css'

await setUp()
createRoot(document.getElementById('root')!).render(<App />)

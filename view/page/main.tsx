import { render } from 'preact'
import type { PageData } from '../data.js'
import { App } from './app.tsx'

const [page, data] = ['page', 'data'].map((id) => document.getElementById(id))
if (page && data) render(<App data={JSON.parse(data.textContent ?? '') as PageData} />, page)

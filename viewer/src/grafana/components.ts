/** What the page takes from Grafana's packages as it is; everything else of theirs stays within this folder. */
export { EventBusSrv, LoadingState, type TimeRange } from '@grafana/data'
export {
  Badge,
  Combobox,
  Dropdown,
  ErrorBoundary,
  Icon,
  IconButton,
  Menu,
  MultiCombobox,
  PanelChrome,
  PanelContextProvider,
  RefreshPicker,
  SeriesVisibilityChangeMode,
  TimeRangePicker,
  ToolbarButton,
  Tooltip,
  useTheme2,
} from '@grafana/ui'

// Loaded when a plan is shown: all that decides on promotions comes with it.
export { formatPlanText } from '@tagflow/promotion';


import{h as o}from"./4MFMANOM.js";import"./WZS2JRPK.js";export{o as formatPlanText};

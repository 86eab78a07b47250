
import{a as i}from"./chunks/RYYCT6HH.js";import{Z as o}from"./chunks/WZS2JRPK.js";await o(i);
